// The emulator as a process of its own: what it accepted outlives every service that is killed. Its
// options come as JSON, its address goes to standard output.
import { openEmulator } from '../../../dist/emulator/emulator.js'

const emulator = await openEmulator(JSON.parse(process.argv[2]))
process.stdout.write(`${emulator.url}\n`)
process.on('disconnect', () => process.exit(0))
