-- What every script on a log begins with. KEYS[1] is what the log's keys begin with; they all have
-- its tag, so that naming it says in which slot everything is.
--   :m    hash    epoch, seq, tag, messages, time, ahead, fence (reserved: which node may write)
--   :log  stream  id seq-tag; k kind (t v s text voice system, e d r edit deletion reaction),
--                 t Unix time ms, b JSON, o number of the message that is changed
--   :ids  hash    message id -> "seq tag time digest"
--   :all  zset    numbers of all messages;  :sys of those by the system
--   :time zset    number, with leading zeros -> Unix time ms, but never going back; for searching
--   :now  hash    number -> "e" or "d" and JSON: what became of a message
--   :rx   hash    number -> JSON: its reactions now
--   :rx:N zset    emoji -> number of the entry with which it came;  :rx:N:EMOJI identity -> the same
--   :read, :got   hashes  identity -> the number up to which it has read, received
--   :at   zset    "identity number" of all mentions, in the order of the alphabet
--   :blobs set    sounds in use
-- Numbers never pass through cjson, which would round them.
local K = KEYS[1]
local now = redis.call('HMGET', K .. ':m', 'epoch', 'seq', 'tag', 'messages')
local epoch, seq, tag = now[1] or '', tonumber(now[2] or 0), now[3] or '0'
local messages = tonumber(now[4] or 0)

local function text(n) return string.format('%.0f', n) end
local function padded(n) return string.format('%016.0f', n) end

-- A message and what became of it: number, tag, time, kind, JSON, change, reactions.
local function message(n)
  local found = redis.call('XRANGE', K .. ':log', n, n)[1]
  if not found then return nil end
  local fields = found[2]
  return { n, string.match(found[1], '-(%d+)$'), fields[4], fields[2], fields[6],
    redis.call('HGET', K .. ':now', n) or '', redis.call('HGET', K .. ':rx', n) or '' }
end
