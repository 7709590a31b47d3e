import { createClient } from '@redis/client';

/** What lies in Redis of one store, read entry by entry. */
export interface Inspection {
  /** Notes of bodies under way. */
  readonly intents: number;
  /** Ranks and lists of references without an entry, and entries without a rank. */
  readonly astray: number;
  /** What the sums should be. */
  readonly entries: number;
  readonly costBytes: number;
  /** Entries that rank at or above a blob that they name, and that is there. */
  readonly outranking: number;
}

/** Looks at a whole store, in one step of Redis. */
export async function inspect(port: number, keyPrefix: string): Promise<Inspection> {
  const client = createClient({ socket: { host: '127.0.0.1', port }, RESP: 2 });
  await client.connect();
  try {
    const reply = await client.eval(lookAtAll, { arguments: [`{${keyPrefix}}:`] });
    const [intents = 0, astray = 0, entries = 0, costBytes = 0, outranking = 0] = (
      reply as unknown[]
    ).map(Number);
    return { intents, astray, entries, costBytes, outranking };
  } finally {
    client.destroy();
  }
}

/** Counts what no entry owns. */
export async function countLeftovers(port: number, keyPrefix: string): Promise<number> {
  const { intents, astray } = await inspect(port, keyPrefix);
  return intents + astray;
}

const lookAtAll = `
local p = ARGV[1]
local intents, astray, entries, cost, outranking = redis.call('HLEN', p .. 'intents'), 0, 0, 0, 0
for _, key in ipairs(redis.call('ZRANGE', p .. 'rank', 0, -1)) do
  if redis.call('EXISTS', p .. 'e' .. key) == 0 then astray = astray + 1 end
end
for _, name in ipairs(redis.call('KEYS', p .. '*')) do
  local rest = string.sub(name, #p + 1)
  local kind, key = string.sub(rest, 1, 1), string.sub(rest, 2)
  if rest ~= 'rank' and kind == 'r' and redis.call('EXISTS', p .. 'e' .. key) == 0 then astray = astray + 1 end
  if kind == 'e' then
    local rank = tonumber(redis.call('ZSCORE', p .. 'rank', key))
    if not rank then astray = astray + 1 end
    local head = redis.call('GET', name)
    entries, cost = entries + 1, cost + struct.unpack('<d', head, 41)
    if rank ~= struct.unpack('<d', head, 17) then astray = astray + 1 end
    local references = redis.call('GET', p .. 'r' .. key) or ''
    if #references ~= 40 * struct.unpack('<I4', head, 5) then astray = astray + 1 end
    for at = 1, #references, 40 do
      local blob = redis.call('ZSCORE', p .. 'rank', '\\1' .. string.sub(references, at, at + 31))
      if blob and tonumber(blob) <= rank then outranking = outranking + 1 end
    end
  end
end
return { intents, astray, entries, string.format('%.0f', cost), outranking }`;

/** Generations whose objects are an entry's, or garbage that is known: hex. */
export async function ownedGenerations(port: number, keyPrefix: string): Promise<Set<string>> {
  const client = createClient({ socket: { host: '127.0.0.1', port }, RESP: 2 });
  await client.connect();
  try {
    const reply = await client.eval(lookAtObjects, { arguments: [`{${keyPrefix}}:`] });
    return new Set((reply as unknown[]).map(String));
  } finally {
    client.destroy();
  }
}

const lookAtObjects = `
local p, owned = ARGV[1], {}
local function hex(bytes)
  return (string.gsub(bytes, '.', function(c) return string.format('%02x', string.byte(c)) end))
end
for _, key in ipairs(redis.call('ZRANGE', p .. 'rank', 0, -1)) do
  owned[#owned + 1] = hex(redis.call('GETRANGE', p .. 'e' .. key, 48, 59))
end
for _, generation in ipairs(redis.call('ZRANGE', p .. 'garbage', 0, -1)) do owned[#owned + 1] = hex(generation) end
return owned`;
