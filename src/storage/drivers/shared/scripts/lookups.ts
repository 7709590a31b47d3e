import { script } from './script.ts';

/** Lookups look at so many blobs in one step: about 3 ms of Redis. */
export const referencesPerStep = 2_048;

/**
 * Finds an entry. Arguments: key, the size that it must have or -1. Answers nil, or the entry, its
 * references, and whether all of them are there: 1, 0, or -1 where there are more than one step looks
 * at; then also the rank that its use gives it, or '' where none is noted.
 */
export const findScript = script(`
local key, size = ARGV[8], tonumber(ARGV[9])
local text = call('GET', entryKey(key))
local head = headOf(text)
if not head or (AWAY and head.isObject) or (size >= 0 and head.size ~= size) then return false end
local clock = clockNow()
local isLate = lags(head.rank, head.used, clock)
if head.references == 0 then
  local rank = isLate and tick()
  if rank then setRank(key, rank) end
  return { text, '', 1 }
end
local references = call('GET', referencesKey(key)) or ''
if #references < head.references * REFERENCE_BYTES then return { text, references, 0 } end
if head.references > ${referencesPerStep} then
  local rank = isLate and tick()
  return { text, references, -1, rank and string.format('%.0f', rank) or '' }
end
local isWhole, late = whole(references, head.references, clock)
if not isWhole then return { text, references, 0 } end
local rank = (isLate or #late > 0) and tick()
if rank and isLate then
  rankBlobs(references, head.references, rank)
  setRank(key, rank)
elseif rank then
  for _, blob in ipairs(late) do setRank(blob, rank + 0.5) end
end
return { text, references, 1 }
`);

/**
 * Looks whether the blobs of a list are there. Arguments: the packed list, the rank of the entry that
 * names them or '', the key of the entry once all others have been looked at or '', its generation. Answers 1 or 0.
 */
export const checkScript = script(`
local references, rank, key = ARGV[8], tonumber(ARGV[9]), ARGV[10]
local count = #references / REFERENCE_BYTES
local isWhole, late = whole(references, count, clockNow())
if not isWhole then return 0 end
if rank then
  rankBlobs(references, count, rank)
  local head = key ~= '' and readHead(key)
  if head and head.generation == ARGV[11] then setRank(key, rank) end
else
  local clock = #late > 0 and tick()
  if clock then
    for _, blob in ipairs(late) do setRank(blob, clock + 0.5) end
  end
end
return 1
`);

/** Which of many entries are absent. Arguments: keys, each with the size that it must have or -1. Answers a text of 1 (absent) and 0. */
export const missingScript = script(`
local clock = clockNow()
local absent, late = {}, {}
for at = 8, #ARGV, 2 do
  local key, size = ARGV[at], tonumber(ARGV[at + 1])
  local head = call('GETRANGE', entryKey(key), 1, 31)
  local isThere = #head == 31 and not isAway(head)
  if isThere then
    local references, found, rank, used = struct.unpack('<I4ddd', head, 4)
    isThere = size < 0 or found == size
    if isThere and references <= ${referencesPerStep} and lags(rank, used, clock) then
      late[#late + 1] = { key, references }
    end
  end
  absent[#absent + 1] = isThere and '0' or '1'
end
local rank = #late > 0 and tick()
if rank then
  -- A blob among them ranks above a result among them that names it, in whatever order they come.
  for _, one in ipairs(late) do
    if one[2] > 0 then rankBlobs(call('GET', referencesKey(one[1])) or '', one[2], rank) end
    setRank(one[1], one[2] > 0 and rank or rank + 0.5)
  end
end
return table.concat(absent)
`);

/** The sums over the store, in the order of the prelude's FIELDS. */
export const sumsScript = script(`
local t, values = sums(), {}
for i, name in ipairs(FIELDS) do values[i] = string.format('%.17g', t[name]) end
return values
`);
