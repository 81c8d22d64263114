-- Messages, the latest first, each with its place in time. ARGV: number after which to begin or '',
-- latest place or '', before which time or '', from which time on or '', how many.
local times = K .. ':time'
local from = 0
if ARGV[1] ~= '' then
  local rank = redis.call('ZREVRANK', times, padded(ARGV[1]))
  if not rank then return {} end
  from = rank + 1
elseif ARGV[2] ~= '' then
  from = redis.call('ZCOUNT', times, '(' .. ARGV[2], '+inf')
end
if ARGV[3] ~= '' then
  local ahead = tonumber(redis.call('HGET', K .. ':m', 'ahead') or 0)
  from = math.max(from, redis.call('ZCOUNT', times, text(tonumber(ARGV[3]) + ahead), '+inf'))
end
local to = redis.call('ZCOUNT', times, ARGV[4] ~= '' and ARGV[4] or '-inf', '+inf')
to = math.min(to, from + tonumber(ARGV[5]))
if to <= from then return {} end
local listed, found = redis.call('ZREVRANGE', times, from, to - 1, 'WITHSCORES'), {}
for i = 1, #listed, 2 do
  found[#found + 1] = { listed[i + 1], message(text(tonumber(listed[i]))) }
end
return found
