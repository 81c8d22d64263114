-- Sounds. KEYS[1] is the hall. ARGV: what, which, by what.
--   :blobs hash id -> JSON;  :used hash id -> message id and log;  :unused zset id -> when it came, Unix ms;  :born hash, the same
local H, what, id = KEYS[1], ARGV[1], ARGV[2]
local blobs, used, unused = H .. ':blobs', H .. ':used', H .. ':unused'

if what == 'find' then
  local blob = redis.call('HGET', blobs, id)
  return blob and { blob, redis.call('HGET', used, id) or '' } or false
elseif what == 'put' then
  if redis.call('HSETNX', blobs, id, ARGV[3]) == 0 then return 0 end
  redis.call('HSET', H .. ':born', id, ARGV[4])
  redis.call('ZADD', unused, ARGV[4], id)
  return 1
elseif what == 'claim' then
  if redis.call('HEXISTS', blobs, id) == 0 then return 0 end
  local by = redis.call('HGET', used, id)
  if by then return by == ARGV[3] and 1 or 0 end
  redis.call('HSET', used, id, ARGV[3])
  redis.call('ZREM', unused, id)
  return 2
elseif what == 'release' then
  if redis.call('HDEL', used, id) == 1 and redis.call('HEXISTS', blobs, id) == 1 then
    redis.call('ZADD', unused, redis.call('HGET', H .. ':born', id) or 0, id)
  end
elseif what == 'unused' then
  local list = redis.call('ZRANGEBYSCORE', unused, '-inf', '(' .. ARGV[2], 'LIMIT', 0, ARGV[3])
  local found = {}
  for _, each in ipairs(list) do found[#found + 1] = redis.call('HGET', blobs, each) end
  return found
elseif what == 'forget' then
  if redis.call('HEXISTS', used, id) == 1 or redis.call('HEXISTS', blobs, id) == 0 then return 0 end
  redis.call('ZREM', unused, id)
  redis.call('HDEL', H .. ':born', id)
  redis.call('HDEL', blobs, id)
  return 1
end
