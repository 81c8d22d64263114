-- What came after a position. ARGV: epoch, number, tag, how many, the epoch of a log to be.
if epoch == '' then epoch = ARGV[5] end
local from, limit = tonumber(ARGV[2]), tonumber(ARGV[4])
if from > 0 then
  if ARGV[1] ~= epoch or from > seq then return { 'reset', {} } end
  local known = redis.call('XRANGE', K .. ':log', text(from), text(from))[1]
  if not known or string.match(known[1], '-(%d+)$') ~= ARGV[3] then return { 'reset', {} } end
end
if seq - from > limit then return { 'gap', {} } end
-- Each with the message that it is about, as that is now.
local entries = redis.call('XRANGE', K .. ':log', text(from + 1), '+')
for i, entry in ipairs(entries) do
  local of = entry[2][8] ~= '' and entry[2][8] or string.match(entry[1], '^%d+')
  entries[i] = { entry[1], entry[2], message(of) }
end
return { 'replay', entries }
