/** How the command is called from a checkout, for the next steps that messages propose. */
export const COMMAND = 'npx reelay';
