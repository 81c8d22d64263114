-- Rooms and bans. KEYS[1] is the hall. ARGV: what, room, by what.
--   :rooms hash id -> JSON;  :order zset id -> when it came, as a count
--   :bans:ROOM hash identity -> JSON;  :banned:ROOM zset identity -> when, as a count
local H, what, room = KEYS[1], ARGV[1], ARGV[2]

local function all(key, list)
  if #list == 0 then return {} end
  local found = {}
  for i = 1, #list, 1000 do
    for _, each in ipairs(redis.call('HMGET', key, unpack(list, i, math.min(i + 999, #list)))) do
      if each then found[#found + 1] = each end
    end
  end
  return found
end

if what == 'all' then
  return all(H .. ':rooms', redis.call('ZRANGE', H .. ':order', 0, -1))
elseif what == 'bans' then
  return all(H .. ':bans:' .. room, redis.call('ZREVRANGE', H .. ':banned:' .. room, 0, -1))
end

local bans, banned = H .. ':bans:' .. tostring(room), H .. ':banned:' .. tostring(room)
if what == 'create' then
  if redis.call('HSETNX', H .. ':rooms', room, ARGV[3]) == 0 then return 0 end
  redis.call('ZADD', H .. ':order', redis.call('INCR', H .. ':came'), room)
  return 1
elseif what == 'update' then
  if redis.call('HEXISTS', H .. ':rooms', room) == 0 then return 0 end
  redis.call('HSET', H .. ':rooms', room, ARGV[3])
  return 1
elseif what == 'delete' then
  redis.call('UNLINK', bans, banned)
  redis.call('ZREM', H .. ':order', room)
  return redis.call('HDEL', H .. ':rooms', room)
elseif what == 'ban' then
  if redis.call('HEXISTS', H .. ':rooms', room) == 0 then return 0 end
  redis.call('HSET', bans, ARGV[3], ARGV[4])
  redis.call('ZADD', banned, redis.call('INCR', H .. ':came'), ARGV[3])
  for _, old in ipairs(redis.call('ZRANGE', banned, 0, -tonumber(ARGV[5]) - 1)) do
    redis.call('ZREM', banned, old)
    redis.call('HDEL', bans, old)
  end
  return 1
elseif what == 'lift' then
  redis.call('ZREM', banned, ARGV[3])
  return redis.call('HDEL', bans, ARGV[3])
end
