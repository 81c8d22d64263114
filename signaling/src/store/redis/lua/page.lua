-- Messages as they are now. ARGV: which (newest, before, after, around, one), number, how many.
local which, at, limit = ARGV[1], ARGV[2], tonumber(ARGV[3])
local all, numbers = K .. ':all', {}

local function older(from, many)
  local found = redis.call('ZREVRANGEBYSCORE', all, from, '-inf', 'LIMIT', 0, many)
  for _, n in ipairs(found) do table.insert(numbers, 1, n) end
end

local function newer(from, many)
  local found = redis.call('ZRANGEBYSCORE', all, from, '+inf', 'LIMIT', 0, many)
  for _, n in ipairs(found) do numbers[#numbers + 1] = n end
end

if which == 'newest' then older('+inf', limit)
elseif which == 'before' then older('(' .. at, limit)
elseif which == 'after' then newer('(' .. at, limit)
elseif which == 'one' then
  if redis.call('ZSCORE', all, at) then numbers[1] = at end
else
  older('(' .. at, math.floor(limit / 2))
  newer(at, limit - #numbers)
end

local more_before, more_after = 0, 0
if #numbers > 0 then
  more_before = redis.call('ZCOUNT', all, '-inf', '(' .. numbers[1])
  more_after = redis.call('ZCOUNT', all, '(' .. numbers[#numbers], '+inf')
elseif which == 'before' then
  more_after = redis.call('ZCOUNT', all, at, '+inf')
elseif which == 'after' then
  more_before = redis.call('ZCOUNT', all, '-inf', at)
end

local found = {}
for i, n in ipairs(numbers) do found[i] = message(n) end
return { epoch, text(seq), tag, math.min(more_before, 1), math.min(more_after, 1), found }
