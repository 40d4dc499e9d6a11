export const SECRET = 'a-secret-for-benches-only-0000000000';
