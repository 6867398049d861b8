import { bootCells } from './matrix.js';

bootCells('i386');
