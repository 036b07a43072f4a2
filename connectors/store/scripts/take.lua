-- Claims only through the fence, which a blocking read could not check: a holder that slept through
-- the end of its lease takes nothing from the next one.
-- KEYS stream, fence   ARGV fence number, count
-- Returns {1 where the group was missing, entries, how many are in hand, newest id where there are no entries}
if passed_on(KEYS[2], ARGV[1]) then return fenced() end
local function read()
  return redis.pcall('XREADGROUP', 'GROUP', 'parley', 'holder', 'COUNT', ARGV[2],
    'STREAMS', KEYS[1], '>')
end
local rebuilt, reply = 0, read()
if reply and reply.err then
  if not string.find(reply.err, 'NOGROUP', 1, true) then return reply end
  redis.call('XGROUP', 'CREATE', KEYS[1], 'parley', '0', 'MKSTREAM')
  rebuilt, reply = 1, read()
end
local in_hand = redis.call('XPENDING', KEYS[1], 'parley')[1]
if reply then return {rebuilt, reply[1][2], in_hand, ''} end
local info = redis.call('XINFO', 'STREAM', KEYS[1])
for i = 1, #info, 2 do
  if info[i] == 'last-generated-id' then return {rebuilt, {}, in_hand, info[i + 1]} end
end
return {rebuilt, {}, in_hand, '0-0'}
