import { script } from './script.ts';

/** Drops an entry that is damaged. Arguments: key, generation. Answers whether it was there. */
export const dropScript = script(`
local head = readHead(ARGV[8])
if not head or head.generation ~= ARGV[9] then return 0 end
remove(ARGV[8], head)
sums().damaged = sums().damaged + 1
keepSums()
return 1
`);

/** Deletes one entry. Arguments: key, until when this may act. Answers its size, -1 where it was not there, or 'late'. */
export const removeScript = script(`
if isLate(tonumber(ARGV[9])) then return 'late' end
local head = readHead(ARGV[8])
if not head then return '-1' end
remove(ARGV[8], head)
keepSums()
return string.format('%.0f', head.size)
`);

/**
 * Goes through a slice of all entries and deletes those that are selected. Arguments: where to go on,
 * how many entries to look at, what is selected by ('stored', 'used' or 'prefix'), and the time before
 * which it was, or the beginnings of the keys; until when this may act. Answers where to go on ('0': all done),
 * entries, bytes; or 'late'.
 */
export const purgeScript = script(`
if isLate(tonumber(ARGV[#ARGV])) then return 'late' end
local by, entries, bytes = ARGV[10], 0, 0
local reply = call('ZSCAN', RANK, ARGV[8], 'COUNT', ARGV[9])
for at = 1, #reply[2], 2 do
  local key = reply[2][at]
  local isSelected, head = false, nil
  if by == 'prefix' then
    for prefix = 11, #ARGV - 1 do
      if string.sub(key, 1, #ARGV[prefix]) == ARGV[prefix] then isSelected = true end
    end
    head = isSelected and readHead(key)
  else
    head = readHead(key)
    isSelected = head and head[by] < tonumber(ARGV[11])
  end
  if isSelected and head then
    remove(key, head)
    entries, bytes = entries + 1, bytes + head.size
  end
end
if entries > 0 then keepSums() end
return { reply[1], entries, string.format('%.0f', bytes) }
`);
