// A path is what a link points to, or a word in code (spans and fenced blocks) that begins with one of the project's
// top folders. What a build makes is not looked for: it may or may not be there.
import path from 'node:path';

const TOP_FOLDERS = ['packages', 'apps', 'prisma', 'tests', 'bench', 'tools', 'docs', 'examples', '.ci', '.github'];
const PATH_IN_CODE = new RegExp(`(?<![\\w./@:-])(?:${TOP_FOLDERS.map(escapeRegExp).join('|')})/[\\w./*{},-]*`, 'g');
const CODE_SPAN = /`[^`]+`/g;
const FENCE = /^\s*(```|~~~)/;
const LINK = /\]\(<?([^)\s>]+)>?(?:\s+"[^"]*")?\)/g;
const OUTSIDE = /^([a-z][a-z0-9+.-]*:|\/\/|#)/i;
const MADE_BY_BUILD = /(^|\/)(dist|generated|node_modules|coverage)(\/|$)/;

export function findDeadPaths({ page, text }, existing) {
  let fenced = false;
  return text.split('\n').flatMap((content, index) => {
    if (FENCE.test(content)) {
      fenced = !fenced;
      return [];
    }
    const code = fenced ? [content] : (content.match(CODE_SPAN) ?? []);
    const names = [...code.flatMap((piece) => piece.match(PATH_IN_CODE) ?? []).map(trim)];
    const links = fenced ? [] : [...content.matchAll(LINK)].flatMap(([, target]) => resolveLink(page, target));
    const dead = [...names, ...links].filter((name) => !exists(name, existing));
    return dead.map((name) => ({ page, line: index + 1, name }));
  });
}

function resolveLink(page, target) {
  if (OUTSIDE.test(target)) return [];
  const file = decodeURIComponent(target.replace(/[?#].*$/, ''));
  return [trim(path.posix.join(path.posix.dirname(page), file))];
}

// A sentence's full stop and a folder's slash are no part of the name.
function trim(name) {
  return name.replace(/[.,/]+$/, '');
}

function exists(name, existing) {
  if (existing.has(name) || MADE_BY_BUILD.test(name)) return true;
  if (!/[*{]/.test(name)) return false;
  const pattern = globToRegExp(name);
  return [...existing].some((place) => pattern.test(place));
}

function globToRegExp(glob) {
  const source = escapeRegExp(glob)
    .replaceAll('\\*\\*', '.*')
    .replaceAll('\\*', '[^/]*')
    .replace(/\\\{([^}]*)\\\}/g, (_, choices) => `(${choices.replaceAll(',', '|')})`);
  return new RegExp(`^${source}$`);
}

function escapeRegExp(text) {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
