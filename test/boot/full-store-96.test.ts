import { fillPlainStore, fillStore } from './full-store.js';

fillStore(96, 'many small files');
fillPlainStore(96);
