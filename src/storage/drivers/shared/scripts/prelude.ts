/** A node that gave no sign of life for so long is taken to be gone, and what it had under way is given up. */
export const aliveMs = 60_000;

/**
 * What all scripts begin with. The keys of one store begin with one prefix, in braces, so that they
 * lie in one slot:
 *
 * | key | type | what it holds |
 * | --- | --- | --- |
 * | `{p}:e<key>` | string | an entry: its head (`entry-head.ts`), who stored it, and the body, or its checksums where it is an object |
 * | `{p}:r<key>` | string | the blobs that an entry names, 40 bytes each; absent where it names none |
 * | `{p}:rank` | sorted set | all keys by rank; the lowest goes first |
 * | `{p}:totals` | hash | sums over the store |
 * | `{p}:intents` | hash | bodies under way: generation → bytes set aside, start, node |
 * | `{p}:garbage` | sorted set | generations of objects to delete, by when they became garbage |
 * | `{p}:node:<node>` | hash | what a node's writes were last acknowledged with, by slot |
 * | `{p}:alive:<node>` | string | there while a node lives |
 * | `{p}:swept` | string | when the bucket was last looked through for objects that nobody knows |
 * | `{p}:keeper` | string | the node that looks after what others left, for as long as it says so |
 *
 * `<key>` is as in `entry-key-bytes.ts`. Arguments that all take: the prefix, the bound, the bound of
 * what lies in Redis, how far a rank may lag, now, how old a noted use may get, and whether objects
 * cannot be read at the moment: a lookup then finds no entry whose body is one.
 *
 * The rank of an entry is what the store's clock showed when it was last used. The clock goes up with
 * each write by its size in KiB and one, and with each use that is noted by one. What an entry names
 * ranks half a step above it, so that it never goes before.
 */
export const prelude = `
local P, MAX, REDIS_MAX = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
local LAG, NOW, RESOLUTION = tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6])
local AWAY = ARGV[7] == '1'
local RANK, TOTALS, INTENTS, GARBAGE = P .. 'rank', P .. 'totals', P .. 'intents', P .. 'garbage'
local call, quietly = redis.call, redis.pcall
local HEAD_BYTES, REFERENCE_BYTES = 96, 40

local function entryKey(key) return P .. 'e' .. key end
local function referencesKey(key) return P .. 'r' .. key end

local function headOf(text)
  if not text or #text < HEAD_BYTES then return nil end
  local _, flags, _, _, references, size, rank, used, stored, cost =
    struct.unpack('<BBBBI4ddddd', text)
  return {
    isObject = flags % 2 == 1, references = references, size = size, rank = rank, used = used,
    stored = stored, cost = cost, generation = string.sub(text, 49, 60),
  }
end

local function readHead(key)
  return headOf(call('GETRANGE', entryKey(key), 0, HEAD_BYTES - 1))
end

local FIELDS = { 'entries', 'cost', 'redis', 'clock', 'reserved', 'evicted', 'evictedBytes', 'damaged' }
local totals
local function sums()
  if totals then return totals end
  totals = {}
  local values = call('HMGET', TOTALS, unpack(FIELDS))
  for i, name in ipairs(FIELDS) do totals[name] = tonumber(values[i]) or 0 end
  return totals
end

local function keepSums()
  local args = {}
  for _, name in ipairs(FIELDS) do
    args[#args + 1] = name
    args[#args + 1] = sums()[name]
  end
  call('HSET', TOTALS, unpack(args))
end

local function redisCost(head)
  return head.isObject and head.cost - head.size or head.cost
end

local function remove(key, head)
  local t = sums()
  call('UNLINK', entryKey(key))
  if head.references > 0 then call('UNLINK', referencesKey(key)) end
  call('ZREM', RANK, key)
  if head.isObject then call('ZADD', GARBAGE, NOW, head.generation) end
  t.entries, t.cost, t.redis = t.entries - 1, t.cost - head.cost, t.redis - redisCost(head)
end

-- Evicts until so much more fits. The entry of the key 'keep' stays. Answers 'ok', 'again' where that
-- is more than one step should do, or 'full' where it cannot be: 'least' is what must fit beside
-- the bodies under way once all else is gone.
local function makeRoom(more, moreRedis, least, keep)
  local t, left = sums(), 64
  if t.reserved + least > MAX or moreRedis > REDIS_MAX then return 'full' end
  while t.cost + t.reserved + more > MAX or t.redis + moreRedis > REDIS_MAX do
    if left == 0 then return 'again' end
    left = left - 1
    local lowest = call('ZRANGE', RANK, 0, 1)
    local key = lowest[1]
    if key == keep then key = lowest[2] end
    if not key then return 'full' end
    local head = readHead(key)
    if head then
      remove(key, head)
      t.evicted, t.evictedBytes = t.evicted + 1, t.evictedBytes + head.size
    else
      call('ZREM', RANK, key)
    end
  end
  return 'ok'
end

-- Uses are noted quietly: a lookup answers although the memory of Redis is full.
local function tick()
  local clock = quietly('HINCRBY', TOTALS, 'clock', 1)
  return type(clock) == 'number' and clock or nil
end

local function setRank(key, rank)
  quietly('SETRANGE', entryKey(key), 16, struct.pack('<dd', rank, NOW))
  quietly('ZADD', RANK, 'XX', rank, key)
end

local function lags(rank, used, clock)
  return clock - rank > LAG or NOW - used > RESOLUTION
end

local function clockNow()
  return tonumber(call('HGET', TOTALS, 'clock')) or 0
end

-- Whether the body cannot be read now, by the bytes of a head from its flags on.
local function isAway(head)
  return AWAY and string.byte(head, 1) % 2 == 1
end

local function blobOf(references, index)
  local at = index * REFERENCE_BYTES
  local size = struct.unpack('<d', references, at + 33)
  return '\\1' .. string.sub(references, at + 1, at + 32), size
end

-- Whether all blobs of a packed list are there; if so, also those of them whose rank lags.
local function whole(references, count, clock)
  local late = {}
  for index = 0, count - 1 do
    local key, size = blobOf(references, index)
    local head = call('GETRANGE', entryKey(key), 1, 31)
    if #head < 31 or isAway(head) then return false end
    local found, rank, used = struct.unpack('<ddd', head, 8)
    if size >= 0 and found ~= size then return false end
    if lags(rank, used, clock) then late[#late + 1] = key end
  end
  return true, late
end

-- Ranks what is there of a packed list above an entry of this rank.
local function rankBlobs(references, count, rank)
  for index = 0, count - 1 do
    local key, size = blobOf(references, index)
    local head = call('GETRANGE', entryKey(key), 8, 15)
    if #head == 8 and (size < 0 or struct.unpack('<d', head) == size) then setRank(key, rank + 0.5) end
  end
end

local function isLate(notAfter)
  local time = call('TIME')
  return time[1] * 1000 + time[2] / 1000 > notAfter
end
`;
