// The rules over what read-workspaces found. Pure: a test can hand it any house and see what it says.
import { isBuiltin } from 'node:module';
import path from 'node:path';
import { ARROWS, CORE_DEPENDENCIES, OWNED_PACKAGES, RUN_MAY_ALSO_IMPORT } from './arrows.mjs';

const OURS = '@reelay/';
const TEST_FILE = /(\.test\.[cm]?[jt]sx?$)|(^(packages|apps)\/[^/]+\/test\/)|(^packages\/testkit\/)/;

export function findViolations({ workspaces, rootTools }) {
  return workspaces.flatMap((workspace) => [
    ...checkManifest(workspace),
    ...workspace.files.flatMap((file) => checkFile(workspace, file, rootTools)),
  ]);
}

function checkManifest({ room, folder, manifest }) {
  const place = `${folder}/package.json`;
  if (!(room in ARROWS))
    return [`${place}: ${room} has no line in tools/arrows/arrows.mjs; say there what it may import`];
  const names = Object.keys({ ...manifest.dependencies, ...manifest.optionalDependencies });
  return [
    ...names.filter(isOurs).flatMap((name) => checkArrow(place, room, name, { isRun: true })),
    ...names.flatMap((name) => checkOwner(place, room, name)),
    ...(room === 'core' ? names.flatMap((name) => checkCore(place, name)) : []),
  ];
}

function checkFile(workspace, { path: file, imports }, rootTools) {
  const isTest = TEST_FILE.test(file);
  return imports.flatMap((specifier) => {
    if (specifier.startsWith('.')) return checkStaysInside(workspace, file, specifier);
    if (isBuiltin(specifier)) return [];
    const name = packageName(specifier);
    const listed = checkListed(workspace, file, name, isTest ? [...rootTools, '@reelay/testkit'] : []);
    if (isTest) return listed;
    const isRun = file === `${workspace.folder}/src/run.ts`;
    const arrow = isOurs(name) ? checkArrow(file, workspace.room, name, { isRun }) : [];
    return [...arrow, ...checkOwner(file, workspace.room, name), ...listed];
  });
}

function checkArrow(place, room, name, { isRun }) {
  const target = name.slice(OURS.length);
  const arrows = ARROWS[room];
  if (arrows === undefined || arrows === 'anything' || target === room) return [];
  const allowed = isRun ? [...arrows, ...(RUN_MAY_ALSO_IMPORT[room] ?? [])] : arrows;
  if (allowed.includes(target)) return [];
  return [`${place} imports ${name}: ${room} may import ${arrows.join(', ') || 'nothing of ours'}`];
}

function checkOwner(place, room, name) {
  const owned = OWNED_PACKAGES.find(({ pattern }) => pattern.test(name));
  if (owned === undefined || owned.owner === room) return [];
  return [`${place} imports ${name}: only packages/${owned.owner} may; ask it for what you need`];
}

function checkCore(place, name) {
  if (CORE_DEPENDENCIES.includes(name)) return [];
  return [`${place} lists ${name}: core is rules alone and may use ${CORE_DEPENDENCIES.join(', ')}`];
}

// npm hoists, so an import that is not listed works here and breaks elsewhere.
function checkListed({ folder, manifest }, file, name, alsoListed) {
  const { dependencies, optionalDependencies, peerDependencies, devDependencies } = manifest;
  const runtime = { ...dependencies, ...optionalDependencies, ...peerDependencies };
  const isTest = alsoListed.length > 0;
  const listed = Object.keys(isTest ? { ...runtime, ...devDependencies } : runtime);
  if (name === manifest.name || listed.includes(name) || alsoListed.includes(name)) return [];
  return [
    `${file} imports ${name}: list it in ${folder}/package.json under ${isTest ? 'devDependencies' : 'dependencies'}`,
  ];
}

function checkStaysInside({ folder }, file, specifier) {
  const target = path.posix.join(path.posix.dirname(file), specifier);
  if (target.startsWith(`${folder}/`)) return [];
  return [`${file} imports ${specifier}: a path out of ${folder}; import the other package by its name`];
}

function isOurs(name) {
  return name.startsWith(OURS);
}

function packageName(specifier) {
  const parts = specifier.split('/');
  return parts.slice(0, specifier.startsWith('@') ? 2 : 1).join('/');
}
