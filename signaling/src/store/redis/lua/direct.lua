-- How a conversation between two stands. ARGV: one, the other.
local newest = redis.call('ZREVRANGE', K .. ':all', 0, 0)[1]
return { epoch, text(seq), tag, text(messages), newest and message(newest) or false,
  redis.call('HGET', K .. ':read', ARGV[2]) or '0', redis.call('HGET', K .. ':got', ARGV[2]) or '0' }
