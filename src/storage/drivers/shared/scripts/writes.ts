import { aliveMs } from './prelude.ts';
import { script } from './script.ts';

/**
 * Sets room aside for a body under way, and writes down that it is. Arguments: generation, bytes in
 * all, node, until when this may act. Answers 'ok', 'again', 'full' or 'late'.
 */
export const reserveScript = script(`
local generation, bytes, node = ARGV[8], tonumber(ARGV[9]), ARGV[10]
if isLate(tonumber(ARGV[11])) then return 'late' end
local t, old = sums(), call('HGET', INTENTS, generation)
local before = old and struct.unpack('<d', old) or 0
if bytes <= before then return 'ok' end
local outcome = makeRoom(bytes - before, 0, bytes - before, nil)
if outcome == 'ok' then
  call('SET', P .. 'alive:' .. node, '1', 'PX', ${aliveMs})
  call('HSET', INTENTS, generation, struct.pack('<dd', bytes, NOW) .. node)
  t.reserved = t.reserved + bytes - before
end
keepSums()
return outcome
`);

/** Gives up a body under way. Arguments: generation, whether there may be an object of it. Answers whether it was known. */
export const abandonScript = script(`
local generation = ARGV[8]
local old = call('HGET', INTENTS, generation)
if not old then return 0 end
call('HDEL', INTENTS, generation)
sums().reserved = sums().reserved - struct.unpack('<d', old)
if ARGV[9] == '1' then call('ZADD', GARBAGE, NOW, generation) end
keepSums()
return 1
`);

/**
 * Makes an entry visible. Arguments: key, generation, the head without its rank and the rest of the
 * entry behind it, references, which entry may be replaced ('any', 'absent': none, 'older': one that was
 * stored before), whether there is an intent, node, slot, until when this may act. Answers 'ok', 'exists', 'again', 'full', 'late', or 'lost' where the intent
 * is gone, so that what it was for is garbage by now.
 *
 * A node gives each write under way a slot, and the slot keeps the generation that was written last:
 * a second execution of the same write finds it and does nothing, whatever has become of the entry.
 */
export const commitScript = script(`
local key, generation, text, references = ARGV[8], ARGV[9], ARGV[10], ARGV[11]
local node, slot = P .. 'node:' .. ARGV[14], ARGV[15]
if call('HGET', node, slot) == generation then return 'ok' end
if isLate(tonumber(ARGV[16])) then return 'late' end
local head, old = headOf(text), readHead(key)
-- Of an object that another node has made an entry of, too.
if old and old.generation == generation then return 'ok' end
if old and (ARGV[12] == 'absent' or (ARGV[12] == 'older' and old.stored >= head.stored)) then return 'exists' end
local intent = ARGV[13] == '1' and call('HGET', INTENTS, generation)
if ARGV[13] == '1' and not intent then return 'lost' end
local t = sums()
local reserved = intent and struct.unpack('<d', intent) or 0
-- What it names has its turn last, now as well as later.
local rank = t.clock + math.ceil(head.size / 1024) + 1
rankBlobs(references, head.references, rank)
t.reserved = t.reserved - reserved
local oldCost, oldRedis = old and old.cost or 0, old and redisCost(old) or 0
local outcome = makeRoom(head.cost - oldCost, redisCost(head) - oldRedis, head.cost, key)
if outcome ~= 'ok' then
  t.reserved = t.reserved + reserved
  keepSums()
  return outcome
end
if old then remove(key, old) end
call('SET', entryKey(key), text)
call('SETRANGE', entryKey(key), 16, struct.pack('<d', rank))
if head.references > 0 then call('SET', referencesKey(key), references) end
call('ZADD', RANK, rank, key)
if intent then call('HDEL', INTENTS, generation) end
call('HSET', node, slot, generation)
t.entries, t.cost, t.redis = t.entries + 1, t.cost + head.cost, t.redis + redisCost(head)
t.clock = rank
keepSums()
return 'ok'
`);

/**
 * Replaces what an entry names. Arguments: key, generation, references, flags but that of an object, what each reference
 * costs. Answers 'ok', 'again', or 'gone' where it is another entry or there is no room.
 */
export const setReferencesScript = script(`
local key, references = ARGV[8], ARGV[10]
local head = readHead(key)
if not head or head.generation ~= ARGV[9] then return 'gone' end
local t, count = sums(), #references / REFERENCE_BYTES
local more = (count - head.references) * tonumber(ARGV[12])
local outcome = makeRoom(more, more, head.cost + more, key)
if outcome ~= 'ok' then
  keepSums()
  return outcome == 'again' and 'again' or 'gone'
end
t.clock = t.clock + 1
rankBlobs(references, count, t.clock)
call('SETRANGE', entryKey(key), 1, struct.pack('<B', (head.isObject and 1 or 0) + tonumber(ARGV[11])))
call('SETRANGE', entryKey(key), 4, struct.pack('<I4', count))
call('SETRANGE', entryKey(key), 40, struct.pack('<d', head.cost + more))
if count > 0 then call('SET', referencesKey(key), references) else call('UNLINK', referencesKey(key)) end
setRank(key, t.clock)
t.cost, t.redis = t.cost + more, t.redis + more
keepSums()
return 'ok'
`);
