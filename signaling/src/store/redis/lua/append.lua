-- Adds an entry. ARGV: kind, time, tag, epoch of a new log, author, JSON, then by kind.
-- A room's log has its epoch from the room's beginning to its end.
if epoch == '' and ARGV[4] == '' then return { 'missing' } end
local kind, at, author, json = ARGV[1], ARGV[2], ARGV[5], ARGV[6]
local mine, of, extra = ARGV[3], '', ''

-- The first write: if Redis refuses it, nothing has happened.
local function add()
  if epoch == '' then epoch = ARGV[4] end
  seq = seq + 1
  redis.call('XADD', K .. ':log', text(seq) .. '-' .. mine, 'k', kind, 't', at, 'b', json, 'o', of)
  if kind == 't' or kind == 'v' then messages = messages + 1 end
  redis.call('HSET', K .. ':m', 'epoch', epoch, 'seq', text(seq), 'tag', mine,
    'messages', text(messages))
  redis.call('HSETNX', K .. ':m', 'fence', '0')
end

-- A message that is there and not taken away.
local function living(n)
  if not redis.call('ZSCORE', K .. ':all', n) then return nil end
  local found = message(n)
  if string.sub(found[6], 1, 1) == 'd' then return nil end
  return found
end

-- What it says and whom it mentions now.
local function latest(found)
  if found[6] ~= '' then
    local edited = cjson.decode(string.sub(found[6], 2))
    return edited.text, edited.mentions or {}
  end
  local written = cjson.decode(found[5])
  return written.body.text, written.mentions or {}
end

local function forget_mentions(found, n)
  local _, mentions = latest(found)
  for _, who in ipairs(mentions) do
    redis.call('ZREM', K .. ':at', who .. ' ' .. padded(n))
  end
end

local function mention(n, from)
  for i = from, #ARGV do redis.call('ZADD', K .. ':at', 0, ARGV[i] .. ' ' .. padded(n)) end
end

if kind == 't' or kind == 'v' or kind == 's' then
  -- id, digest, number of the original, sound ('?' for one that cannot be had), mentions…
  local id, digest, original, sound = ARGV[7], ARGV[8], ARGV[9], ARGV[10]
  local known = redis.call('HGET', K .. ':ids', id)
  if known then
    local n, t, time, same = string.match(known, '^(%d+) (%d+) (%d+) (%S+)$')
    if same ~= digest then return { 'conflict' } end
    return { 'known', epoch, n, t, time }
  end
  if sound == '?' or original ~= '' and not living(original) then return { 'missing' } end
  add()
  local n = text(seq)
  redis.call('HSET', K .. ':ids', id, n .. ' ' .. mine .. ' ' .. at .. ' ' .. digest)
  redis.call('ZADD', K .. ':all', n, n)
  -- Times that never go back, and how far ahead of the clock that has put them.
  local last = redis.call('HMGET', K .. ':m', 'time', 'ahead')
  local time = math.max(tonumber(at), tonumber(last[1] or 0))
  local ahead = math.max(time - tonumber(at), tonumber(last[2] or 0))
  redis.call('HSET', K .. ':m', 'time', text(time), 'ahead', text(ahead))
  redis.call('ZADD', K .. ':time', text(time), padded(n))
  if kind == 's' then redis.call('ZADD', K .. ':sys', n, n) end
  redis.call('HSET', K .. ':read', author, n)
  redis.call('HSET', K .. ':got', author, n)
  if sound ~= '' then redis.call('SADD', K .. ':blobs', sound) end
  mention(seq, 11)

elseif kind == 'e' then
  -- number, what became of it, its text, mentions…
  local change = ARGV[8]
  of = ARGV[7]
  local found = living(of)
  if not found or found[4] ~= 't' then return { 'missing' } end
  local said, mentions = latest(found)
  local same = said == ARGV[9] and #mentions == #ARGV - 9
  for i, who in ipairs(mentions) do same = same and who == ARGV[9 + i] end
  if same then return { 'unchanged' } end
  add()
  forget_mentions(found, of)
  redis.call('HSET', K .. ':now', of, 'e' .. change)
  mention(of, 10)

elseif kind == 'd' then
  -- number, what became of it
  local change = ARGV[8]
  of = ARGV[7]
  local found = living(of)
  if not found then
    return { redis.call('ZSCORE', K .. ':all', of) and 'unchanged' or 'missing' }
  end
  if found[4] == 'v' then extra = cjson.decode(found[5]).body.blob end
  add()
  forget_mentions(found, of)
  if extra ~= '' then redis.call('SREM', K .. ':blobs', extra) end
  for _, emoji in ipairs(redis.call('ZRANGE', K .. ':rx:' .. of, 0, -1)) do
    redis.call('DEL', K .. ':rx:' .. of .. ':' .. emoji)
  end
  redis.call('DEL', K .. ':rx:' .. of)
  redis.call('HDEL', K .. ':rx', of)
  if found[6] ~= '' then
    local edited_at = cjson.decode(string.sub(found[6], 2)).at_ms
    change = string.sub(change, 1, -2) .. ',"edited_at_ms":' .. text(edited_at) .. '}'
  end
  redis.call('HSET', K .. ':now', of, 'd' .. change)

elseif kind == 'r' then
  -- number, emoji, on, how many different ones, how many are named
  local emoji, on = ARGV[8], ARGV[9] == '1'
  local most, named = tonumber(ARGV[10]), tonumber(ARGV[11])
  of = ARGV[7]
  if not living(of) then return { 'missing' } end
  local key = K .. ':rx:' .. of
  local mark = redis.call('ZSCORE', key .. ':' .. emoji, author)
  if (mark and true or false) == on then return { 'unchanged' } end
  local list, there = {}, false
  for _, each in ipairs(redis.call('ZRANGE', key, 0, -1)) do
    local count = redis.call('ZCARD', key .. ':' .. each)
    local by = redis.call('ZRANGE', key .. ':' .. each, 0, named)
    if each == emoji then
      there = true
      count = count + (on and 1 or -1)
      if on then by[#by + 1] = author else
        for i, who in ipairs(by) do
          if who == author then table.remove(by, i) break end
        end
      end
    end
    while #by > named do table.remove(by) end
    if count > 0 then list[#list + 1] = { emoji = each, count = count, by = by } end
  end
  if on and not there then
    if #list >= most then return { 'full' } end
    list[#list + 1] = { emoji = emoji, count = 1, by = { author } }
  end
  extra = #list > 0 and cjson.encode(list) or '[]'
  add()
  if on then
    redis.call('ZADD', key, 'NX', text(seq), emoji)
    redis.call('ZADD', key .. ':' .. emoji, text(seq), author)
  else
    redis.call('ZREM', key .. ':' .. emoji, author)
    if redis.call('EXISTS', key .. ':' .. emoji) == 0 then redis.call('ZREM', key, emoji) end
  end
  if #list > 0 then redis.call('HSET', K .. ':rx', of, extra) else redis.call('HDEL', K .. ':rx', of) end
end

return { 'new', epoch, text(seq), mine, text(messages), extra }
