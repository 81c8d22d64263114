-- Names and who has them. KEYS[1] is the hall. ARGV: what, node, by what.
--   :names hash folded name -> IDENTITY@NODE;  :held:NODE set of folded names
--   :nodes set of those that may hold any;  :node:NODE lives while the node does
--   :serial the greatest that was given
local H, what, node = KEYS[1], ARGV[1], ARGV[2]

local function alive(it)
  return redis.call('EXISTS', H .. ':node:' .. it) == 1
end

local function holder(folded)
  local held = redis.call('HGET', H .. ':names', folded)
  if not held then return nil, nil end
  return string.match(held, '^(.*)@(.*)$')
end

if what == 'take' then
  local folded, identity = ARGV[3], ARGV[4]
  local by, at = holder(folded)
  if by and by ~= identity and at ~= node and alive(at) then return false end
  redis.call('HSET', H .. ':names', folded, identity .. '@' .. node)
  redis.call('SADD', H .. ':held:' .. node, folded)
  redis.call('SADD', H .. ':nodes', node)
  -- By the clock, so that it goes on upwards where the last one was forgotten.
  local now = redis.call('TIME')
  local serial = math.max(now[1] * 1000000 + now[2], tonumber(redis.call('GET', H .. ':serial') or 0) + 1)
  serial = string.format('%.0f', serial)
  redis.call('SET', H .. ':serial', serial)
  return serial
elseif what == 'free' then
  local folded, identity = ARGV[3], ARGV[4]
  local by, at = holder(folded)
  redis.call('SREM', H .. ':held:' .. node, folded)
  if by == identity and at == node then redis.call('HDEL', H .. ':names', folded) end
elseif what == 'sweep' then
  for _, gone in ipairs(redis.call('SMEMBERS', H .. ':nodes')) do
    if not alive(gone) then
      for _, folded in ipairs(redis.call('SMEMBERS', H .. ':held:' .. gone)) do
        local _, at = holder(folded)
        if at == gone then redis.call('HDEL', H .. ':names', folded) end
      end
      redis.call('UNLINK', H .. ':held:' .. gone)
      redis.call('SREM', H .. ':nodes', gone)
    end
  end
end
return '0'
