-- KEYS failed, desk, draft, room, translate   ARGV entry id, whole id
local found = redis.call('XRANGE', KEYS[1], ARGV[1], ARGV[1])[1]
if not found then return 0 end
local lane = 'desk'
for i = 1, #found[2], 2 do
  if found[2][i] == 'lane' then lane = found[2][i + 1] end
end
local streams = {desk = KEYS[2], draft = KEYS[3], room = KEYS[4], translate = KEYS[5]}
add(streams[lane] or KEYS[2], command_of(found[2]), '0')
redis.call('XDEL', KEYS[1], ARGV[1])
news('failed', ARGV[2])
return 1
