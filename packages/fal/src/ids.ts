/** Keeps ids that go into a URL or a header harmless there. A violation is our own bug, so these throw. */

const ID = /^[A-Za-z0-9_-]{1,128}$/;
const ENDPOINT_ID = /^[A-Za-z0-9][A-Za-z0-9._-]*(\/[A-Za-z0-9][A-Za-z0-9._-]*)+$/;

export function isId(text: string): boolean {
  return ID.test(text);
}

export function checkId(name: string, text: string): void {
  if (!isId(text)) throw new Error(`the ${name} must be 1 to 128 of A-Z, a-z, 0-9, _ and -`);
}

export function checkEndpointId(text: string): void {
  if (text.length > 200 || !ENDPOINT_ID.test(text)) throw new Error('the endpoint id must look like owner/app/path');
}
