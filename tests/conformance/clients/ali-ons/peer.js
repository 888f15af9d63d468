'use strict';

// The JavaScript client as a peer: obeys the requests that the Java driver's `peer` command knows,
// as far as this client can, in the same words (see PeerCommand.java). Wants --namesrv ADDR.

const readline = require('readline');
const { Consumer, Message, Producer } = require('ali-ons');

const nameserver = process.argv[process.argv.indexOf('--namesrv') + 1];
const consumers = new Map();
const log = (...args) => console.error(...args);
const options = {
  httpclient: {}, // for finding nameservers by a web service, which ours are not
  nameSrv: nameserver,
  logger: { debug() {}, info() {}, warn: log, error: log },
};
let producer;

class Request {
  constructor(line) {
    const [tag, verb, ...pairs] = line.trim().split(' ');
    this.tag = tag;
    this.verb = verb;
    this.values = new Map(
      pairs.map(pair => {
        const [name, ...value] = pair.split('=');
        return [name, decodeURIComponent(value.join('=').replace(/\+/g, ' '))];
      }),
    );
  }

  get(name) {
    return this.values.get(name);
  }

  number(name, fallback) {
    return this.values.has(name) ? Number(this.get(name)) : fallback;
  }

  answer(word, values = {}) {
    const pairs = Object.entries(values).map(
      ([name, value]) => ` ${name}=${encodeURIComponent(String(value))}`,
    );
    process.stdout.write(`${this.tag} ${word}${pairs.join('')}\n`);
  }
}

async function send(request) {
  const message = new Message(
    request.get('topic'),
    request.get('tag') || 'TagA',
    request.get('body') || request.get('key'),
  );
  message.keys = [request.get('key')];
  if (request.number('level', 0) > 0) {
    message.delayTimeLevel = request.number('level', 0);
  }
  for (const [name, value] of request.values) {
    if (name.startsWith('prop-')) {
      message.properties[name.slice('prop-'.length)] = value;
    }
  }
  const result = await producer.send(message);
  request.answer('SENT', {
    status: result.sendStatus,
    queue: result.messageQueue.queueId,
    offset: result.queueOffset,
    id: result.msgId,
  });
}

function print(request, message) {
  request.answer('MESSAGE', {
    key: message.keys,
    tag: message.tags,
    topic: message.topic,
    queue: message.queueId,
    offset: message.queueOffset,
    times: message.reconsumeTimes,
    born: message.bornTimestamp,
    stored: message.storeTimestamp,
    at: Date.now(),
    id: message.properties.UNIQ_KEY || message.msgId, // as Java's getMsgId
    body: message.body.toString(),
  });
}

async function consume(request) {
  const consumer = new Consumer({
    ...options,
    consumerGroup: request.get('group'),
    consumeFromWhere: 'CONSUME_FROM_FIRST_OFFSET',
    isBroadcast: request.values.has('broadcast'),
    maxReconsumeTimes: request.number('max', 16),
  });
  consumer.on('error', log);
  const filter = request.values.has('sql')
    ? { expressionType: 'SQL92', subString: request.get('sql') }
    : request.get('tags') || '*';
  consumer.subscribe(request.get('topic'), filter, async message => {
    print(request, message);
    const refused = message.keys === request.get('refuse');
    if (refused && message.reconsumeTimes < request.number('times', Infinity)) {
      throw new Error(`refused ${message.keys}`);
    }
  });
  consumers.set(request.get('group'), consumer);
  await consumer.ready();
  request.answer('STARTED');
}

async function stop(request) {
  await consumers.get(request.get('group')).close();
  request.answer('STOPPED');
}

const verbs = { send, consume, stop };

async function obey(line) {
  const request = new Request(line);
  try {
    await verbs[request.verb](request);
  } catch (error) {
    log(error);
    request.answer('FAILED', { error });
  }
}

async function main() {
  producer = new Producer({ ...options, producerGroup: 'peer_producer' });
  producer.on('error', log);
  await producer.ready();
  process.stdout.write('STARTED\n');
  readline.createInterface({ input: process.stdin }).on('line', obey).on('close', () => {
    process.exit(0);
  });
}

main();
