import { fillStore } from '../boot/full-store.js';

fillStore(256, 'one file');
