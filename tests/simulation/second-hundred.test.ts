import { holdSeeds } from './hold-seeds.ts';

holdSeeds(101, 200);
