-- Moves a mark forward and tells how things stand. ARGV: what (read, got, look), who, number.
local what, who = ARGV[1], ARGV[2]
local function forward(which)
  local before = tonumber(redis.call('HGET', K .. which, who) or 0)
  local to = math.min(tonumber(ARGV[3]), seq)
  if to > before then redis.call('HSET', K .. which, who, text(to)) end
end
if what == 'read' then forward(':read') end
if what == 'read' or what == 'got' then forward(':got') end
local mark = redis.call('HGET', K .. ':read', who) or '0'
local unread = redis.call('ZCOUNT', K .. ':all', '(' .. mark, '+inf')
  - redis.call('ZCOUNT', K .. ':sys', '(' .. mark, '+inf')
local mentions = redis.call('ZLEXCOUNT', K .. ':at', '(' .. who .. ' ' .. padded(mark), '(' .. who .. '!')
return { mark, unread, mentions }
