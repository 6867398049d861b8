import { SerialShell } from '/work/main/src/qemu/shell.js';
import { VirtualMachine } from '/work/main/src/qemu/virtual-machine.js';
const [iso, mem, ...cmds] = process.argv.slice(2);
const m = await VirtualMachine.start({ iso, arch: (process.env.ARCH ?? 'i386') as 'i386', memoryMiB: Number(mem), drive: (process.env.DRIVE ?? 'ide') as 'ide', onText: (x) => process.stderr.write(process.env.V ? x : '') , ...(process.env.CPU ? {cpu: process.env.CPU}:{})});
try {
 const t=Date.now();
 const sh = await SerialShell.open(m.console, { timeoutSeconds: 240 });
 console.log('shell after', (Date.now()-t)/1000);
 for (const c of cmds) console.log('# '+c+'\n'+await sh.output(c));
} finally { await m.stop(); }
