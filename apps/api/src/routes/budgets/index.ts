export { getBudgets, getOneBudget } from './read.ts';
export { deleteBudget, putBudget } from './set.ts';
