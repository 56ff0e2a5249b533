// Loaded into a measured process before its own code: event loop and, where asked for, a CPU profile,
// from "begin" to "end". Plain JavaScript, because the service runs without a compiler.
import { writeFileSync } from 'node:fs'
import { Session } from 'node:inspector'
import { monitorEventLoopDelay, performance } from 'node:perf_hooks'

const RESOLUTION_MS = 5
const profileFile = process.env.AVISO_BENCH_PROFILE

if (process.send !== undefined) {
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
  let before
  let session
  const lateness = (nanoseconds) => Math.max(0, nanoseconds / 1e6 - RESOLUTION_MS)

  process.on('message', (message) => {
    if (message.kind === 'begin') {
      delay.reset()
      delay.enable()
      before = performance.eventLoopUtilization()
      if (profileFile !== undefined) {
        session = new Session()
        session.connect()
        session.post('Profiler.enable')
        session.post('Profiler.setSamplingInterval', { interval: 200 })
        session.post('Profiler.start')
      }
    } else if (message.kind === 'end') {
      delay.disable()
      const { utilization } = performance.eventLoopUtilization(before)
      session?.post('Profiler.stop', (error, result) => {
        if (error === null) writeFileSync(profileFile, JSON.stringify(result.profile))
      })
      session?.disconnect()
      process.send({
        kind: 'inside',
        eventLoop: {
          p50: lateness(delay.percentile(50)),
          p99: lateness(delay.percentile(99)),
          max: lateness(delay.max),
        },
        utilization,
      })
    }
  })
  // The benchmark's channel must not keep a service alive that has stopped.
  process.channel.unref()
}
