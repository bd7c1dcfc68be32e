import { Worker } from 'node:worker_threads'

/**
 * A worker thread that runs a program in CommonJS, without the environment of this process.
 * @param maxHeap its largest heap, in MiB
 */
export const startWorker = (program: string, workerData: object, maxHeap: number): Worker =>
  new Worker(program, {
    eval: true,
    workerData,
    resourceLimits: { maxOldGenerationSizeMb: maxHeap },
    env: {},
    execArgv: [],
  })

interface Waiting<Message, Answer> {
  /** In milliseconds. */
  timeLimit: number
  /** The answer when there is none in time, and when the worker ends before, as it does when it has too little memory. */
  otherwise: Answer
  /** The answer that a message completes; undefined when more messages follow. */
  take: (message: Message) => Answer | undefined
}

/** The answer of a worker, which goes on running. */
export function answerOf<Message, Answer>(
  worker: Worker,
  { timeLimit, otherwise, take }: Waiting<Message, Answer>,
): Promise<Answer> {
  return new Promise((resolve) => {
    const giveUp = () => resolve(otherwise)
    const timer = setTimeout(giveUp, timeLimit).unref()
    worker.on('message', (message: Message) => {
      const answer = take(message)
      if (answer !== undefined) resolve(answer)
    })
    worker.once('error', giveUp)
    worker.once('exit', () => {
      clearTimeout(timer)
      giveUp()
    })
  })
}
