-- People. KEYS[1] is the hall. ARGV: what, by what.
--   :people hash identity -> JSON;  :proofs hash identity -> SHA-256 of the token
--   :tokens hash SHA-256 of the token -> identity;  :seen zset identity -> when, as a count
local H, what = KEYS[1], ARGV[1]

local function see(who)
  redis.call('ZADD', H .. ':seen', redis.call('INCR', H .. ':sights'), who)
end

local function forget_token(who)
  local token = redis.call('HGET', H .. ':proofs', who)
  if token then redis.call('HDEL', H .. ':tokens', token) end
  redis.call('HDEL', H .. ':proofs', who)
end

if what == 'person' then
  return redis.call('HGET', H .. ':people', ARGV[2])
elseif what == 'proved' then
  local who = redis.call('HGET', H .. ':tokens', ARGV[2])
  if not who then return false end
  see(who)
  return redis.call('HGET', H .. ':people', who)
elseif what == 'put' then
  local who, token = ARGV[2], ARGV[4]
  local holder = token ~= '' and redis.call('HGET', H .. ':tokens', token)
  if holder and holder ~= who then return false end
  redis.call('HSET', H .. ':people', who, ARGV[3])
  if redis.call('HGET', H .. ':proofs', who) ~= token then
    forget_token(who)
    if token ~= '' then
      redis.call('HSET', H .. ':proofs', who, token)
      redis.call('HSET', H .. ':tokens', token, who)
    end
  end
  see(who)
  local old = redis.call('ZRANGE', H .. ':seen', 0, -tonumber(ARGV[5]) - 1)
  for _, each in ipairs(old) do
    forget_token(each)
    redis.call('HDEL', H .. ':people', each)
    redis.call('ZREM', H .. ':seen', each)
  end
  return old
end
