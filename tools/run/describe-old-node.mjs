const OLDEST = [20, 19];

/** One line for a person whose Node is too old, or undefined. */
export function describeOldNode(version) {
  const [major, minor] = version.split('.').map(Number);
  if (major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1])) return undefined;
  return `Reelay needs Node ${OLDEST.join('.')} or newer and this is ${version}: install a newer one from https://nodejs.org (or: nvm install 24)`;
}
