// A courier hub's side of Screener, with kafkajs: sends parcels, and does what their verdicts say.
//
//     npm ci && node hub.mjs PARCEL.json SCAN.jpg [PARCEL.json SCAN.jpg ...]
//
// PARCEL.json is the manifest, as it travels. The environment says where: HUB, KAFKA_BOOTSTRAP_SERVERS, and for
// a broker with passwords KAFKA_USERNAME, KAFKA_PASSWORD and KAFKA_CA_FILE. kafkajs is plain JavaScript and runs
// anywhere; @confluentinc/kafka-javascript has the same interface.

import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { parse } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import kafkajs from 'kafkajs'

const { HUB, KAFKA_BOOTSTRAP_SERVERS, KAFKA_USERNAME, KAFKA_PASSWORD, KAFKA_CA_FILE } = process.env
const SCANNER = { // what one of your scanners always says of its images; sizes of a pixel on the object, in mm
  ce_scanner: 'xray-3',
  ce_pitchacross: '1.2',
  ce_pitchalong: '1.3',
  ce_energy: 'dual',
  'content-type': 'image/jpeg',
}
const PATIENCE_MS = 120_000 // how long the sorter waits where a manifest names no `decide_by`

const secured = KAFKA_USERNAME && {
  ssl: KAFKA_CA_FILE ? { ca: readFileSync(KAFKA_CA_FILE) } : true,
  sasl: { mechanism: 'scram-sha-512', username: KAFKA_USERNAME, password: KAFKA_PASSWORD },
}
const kafka = new kafkajs.Kafka({
  clientId: `hub.${HUB}`,
  brokers: KAFKA_BOOTSTRAP_SERVERS.split(','),
  logLevel: kafkajs.logLevel.ERROR,
  ...secured,
})

const sha256 = bytes => createHash('sha256').update(bytes).digest('hex')

// The same bytes always have the same ce_id, so they may be sent again.
const message = (parcelId, value, headers) => ({
  key: parcelId,
  value,
  headers: {
    ce_specversion: '1.0',
    ce_id: `${parcelId}/${sha256(value)}`,
    ce_source: `/hubs/${HUB}`,
    ce_subject: parcelId,
    ...headers,
  },
})

// Publishes a manifest and one scan, each a path; what the manifest says, once the broker has both.
async function sendParcel(producer, manifest, scan) {
  const value = readFileSync(manifest)
  const image = readFileSync(scan)
  const parcel = JSON.parse(value)
  const described = message(parcel.parcel_id, value, {
    ce_type: 'org.screener.manifest.v1',
    'content-type': 'application/json',
  })
  const scanned = message(parcel.parcel_id, image, {
    ...SCANNER,
    ce_type: 'org.screener.scan.v1',
    ce_scanid: parse(scan).name, // one pass through the scanner; its views share it
    ce_view: '1',
    ce_views: '1',
    ce_sha256: sha256(image),
  })
  await producer.sendBatch({ // rejects when the broker has not taken it after all retries: send it again
    acks: -1, // all replicas
    topicMessages: [
      { topic: `parcels.manifests.${HUB}`, messages: [described] },
      { topic: `parcels.scans.${HUB}`, messages: [scanned] },
    ],
  })
  return parcel
}

// Where your sorter is told. Whatever is not `pass` stops the parcel, so that no news can clear it.
function act(verdict) {
  const name = verdict.scan_id === null ? verdict.parcel_id : `scan ${verdict.scan_id}`
  const way = verdict.action === 'pass' ? 'pass' : 'hold'
  console.log(`${name}: ${way} (revision ${verdict.revision})`)
}

// Acts on verdicts until every parcel of `deadlines` has one, or its time is over.
async function follow(consumer, deadlines) {
  const acted = new Map() // parcel id to the last revision acted on: keep it where your sorter keeps its parcels
  await consumer.subscribe({ topic: `parcels.verdicts.${HUB}`, fromBeginning: true }) // a new group misses nothing
  await consumer.run({ // commits after each turn: a crash before that repeats a verdict, and loses none
    eachMessage: async ({ message }) => {
      const verdict = JSON.parse(message.value)
      if (verdict.revision <= (acted.get(verdict.parcel_id) ?? 0)) return // Kafka may deliver one twice
      act(verdict)
      acted.set(verdict.parcel_id, verdict.revision)
      deadlines.delete(verdict.parcel_id)
    },
  })
  while (deadlines.size > 0) {
    await sleep(200)
    for (const [parcelId, deadline] of deadlines) {
      if (deadline >= Date.now()) continue
      deadlines.delete(parcelId) // a verdict may still come: then act on that
      console.log(`${parcelId}: none in time, not cleared`)
    }
  }
}

const deadlineOf = parcel => (parcel.decide_by ? Date.parse(parcel.decide_by) : Date.now() + PATIENCE_MS)

const producer = kafka.producer({
  idempotent: true, // the client's own retries write nothing twice
  maxInFlightRequests: 1, // kafkajs keeps the order of idempotent messages by this alone
  createPartitioner: kafkajs.Partitioners.DefaultPartitioner, // Java's; Screener relies on none
})
const consumer = kafka.consumer({ // reads only what is committed, unless told otherwise
  groupId: `hub.${HUB}.sorter`, // a hub may use groups of its own name alone
})
await Promise.all([producer.connect(), consumer.connect()])
try {
  const deadlines = new Map()
  for (let paths = process.argv.slice(2); paths.length > 0; paths = paths.slice(2)) {
    const parcel = await sendParcel(producer, paths[0], paths[1])
    deadlines.set(parcel.parcel_id, deadlineOf(parcel))
  }
  await follow(consumer, deadlines)
} finally {
  await Promise.all([producer.disconnect(), consumer.disconnect()])
}
