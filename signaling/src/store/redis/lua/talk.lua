-- Puts a conversation at the top of both lists. ARGV: one, the other, where a list ends.
local H = KEYS[1]
local now = redis.call('INCR', H .. ':talks')
local function top(who, other)
  redis.call('ZADD', H .. ':talks:' .. who, now, other)
  redis.call('ZREMRANGEBYRANK', H .. ':talks:' .. who, 0, ARGV[3])
end
top(ARGV[1], ARGV[2])
top(ARGV[2], ARGV[1])
