/** The program's beginning: ties the command line to this process, and ends the process. */

import { text as readText } from 'node:stream/consumers'
import { buffer as readBuffer } from 'node:stream/consumers'
import type { CliIo } from './io.ts'
import { runCli } from './run-cli.ts'
