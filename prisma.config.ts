import { defineConfig } from 'prisma/config';

export default defineConfig({
  schema: 'prisma/schema.prisma',
  migrations: { path: 'prisma/migrations' },
  // `generate`, `validate` and `migrate diff` between files need no database, so an unset URL is not an error here.
  datasource: { url: process.env.DATABASE_URL ?? '' },
});
