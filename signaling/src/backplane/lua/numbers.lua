-- The next block of participant numbers. KEYS[1] is the hall. ARGV: the greatest number that whoever
-- asks has seen, how many.
--   :numbers the greatest that was given
local key = KEYS[1] .. ':numbers'
local last = math.max(tonumber(redis.call('GET', key) or 0), tonumber(ARGV[1]))
redis.call('SET', key, string.format('%.0f', last + ARGV[2]))
return string.format('%.0f', last)
