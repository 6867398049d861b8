import { bootCells } from './matrix.js';

bootCells('amd64');
