-- Forgets a log; tells which sounds it used.
local blobs = redis.call('SMEMBERS', K .. ':blobs')
for _, n in ipairs(redis.call('HKEYS', K .. ':rx')) do
  for _, emoji in ipairs(redis.call('ZRANGE', K .. ':rx:' .. n, 0, -1)) do
    redis.call('UNLINK', K .. ':rx:' .. n .. ':' .. emoji)
  end
  redis.call('UNLINK', K .. ':rx:' .. n)
end
redis.call('UNLINK', K .. ':m', K .. ':log', K .. ':ids', K .. ':all', K .. ':sys', K .. ':time', K .. ':now',
  K .. ':rx', K .. ':read', K .. ':got', K .. ':at', K .. ':blobs')
return blobs
