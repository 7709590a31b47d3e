import { aliveMs } from './prelude.ts';
import { script } from './script.ts';

/** The keeper keeps its office for so long after it last said so. */
export const keeperMs = 30_000;
/** A body that has been under way for longer is given up, though its node lives. */
export const underWayMsMax: number = 24 * 3_600_000;
/** As many objects as one request to S3 deletes. */
const garbagePerStep = 1_000;

/**
 * A node's sign of life. One node is the keeper; it also gives up bodies under way whose node is gone:
 * their room is free then, and they can no longer be committed. Whether a node is still the keeper is
 * decided in the step that acts, so one that was stopped in between does nothing as a former keeper.
 * Arguments: node, where to go on among the bodies under way. Answers whether the node is the keeper, where to go on,
 * and how many were given up.
 */
export const careScript = script(`
local node = ARGV[8]
-- A full memory allows this, and after it all else that the script writes.
call('PEXPIRE', P .. 'node:' .. node, ${underWayMsMax})
call('SET', P .. 'alive:' .. node, '1', 'PX', ${aliveMs})
local keeper = call('GET', P .. 'keeper')
if keeper and keeper ~= node then return { 0, '0', 0 } end
call('SET', P .. 'keeper', node, 'PX', ${keeperMs})
local reply, givenUp = call('HSCAN', INTENTS, ARGV[9], 'COUNT', 200), 0
for at = 1, #reply[2], 2 do
  local generation, note = reply[2][at], reply[2][at + 1]
  local bytes, started = struct.unpack('<dd', note)
  local isAlive = call('EXISTS', P .. 'alive:' .. string.sub(note, 17)) == 1
  if not isAlive or NOW - started > ${underWayMsMax} then
    call('HDEL', INTENTS, generation)
    call('ZADD', GARBAGE, NOW, generation)
    sums().reserved = sums().reserved - bytes
    givenUp = givenUp + 1
  end
end
if givenUp > 0 then keepSums() end
return { 1, reply[1], givenUp }
`);

/** A node leaves: what it had under way is settled. Argument: node. */
export const leaveScript = script(`
local node = ARGV[8]
call('DEL', P .. 'alive:' .. node, P .. 'node:' .. node)
if call('GET', P .. 'keeper') == node then call('DEL', P .. 'keeper') end
return 1
`);

/**
 * Which objects have been garbage for so long that nobody reads them any more. Arguments: node, how
 * long in ms. Answers generations, none where this node is not the keeper.
 */
export const garbageScript = script(`
if call('GET', P .. 'keeper') ~= ARGV[8] then return {} end
return call('ZRANGE', GARBAGE, '-inf', NOW - tonumber(ARGV[9]), 'BYSCORE', 'LIMIT', 0, ${garbagePerStep})
`);

/** Forgets garbage that has been deleted. Arguments: generations. */
export const forgetGarbageScript = script(`
local generations = {}
for at = 8, #ARGV do generations[#generations + 1] = ARGV[at] end
return call('ZREM', GARBAGE, unpack(generations))
`);

/**
 * Whether it is time to look through the bucket for objects that nobody knows. From when the index
 * is new it is not for a while, so that a lost one can be made again first. Arguments: node, how long
 * between two looks in ms. Answers 1 or 0, and 1 once.
 */
export const sweepDueScript = script(`
if call('GET', P .. 'keeper') ~= ARGV[8] then return 0 end
local last = tonumber(call('GET', P .. 'swept'))
if last and NOW - last < tonumber(ARGV[9]) then return 0 end
call('SET', P .. 'swept', string.format('%.0f', NOW))
return last and 1 or 0
`);

/**
 * Which objects are nobody's: neither an entry's, nor of a body under way, nor garbage that is known.
 * Arguments: the key of each object's entry, and its generation. Answers a text of 1 (nobody's) and 0.
 */
export const strayScript = script(`
local stray = {}
for at = 8, #ARGV, 2 do
  local key, generation = ARGV[at], ARGV[at + 1]
  local isKnown = call('GETRANGE', entryKey(key), 48, 59) == generation
    or call('HGET', INTENTS, generation) or call('ZSCORE', GARBAGE, generation)
  stray[#stray + 1] = isKnown and '0' or '1'
end
return table.concat(stray)
`);
