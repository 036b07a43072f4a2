-- KEYS feed, numbers   ARGV name, once, body
local had = redis.call('HGET', KEYS[2], 'once:' .. ARGV[2])
if had then return tonumber(had) end
local number = redis.call('HINCRBY', KEYS[2], 'last', 1)
redis.call('HSET', KEYS[2], 'once:' .. ARGV[2], number)
redis.call('XADD', KEYS[1], number .. '-0', 'b', ARGV[3])
news('feed', ARGV[1])
return number
