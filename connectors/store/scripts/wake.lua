-- KEYS later, fence, desk, draft, room, translate   ARGV fence number, now ms, limit
-- Returns when the next is due, in ms; '': nothing waits.
if passed_on(KEYS[2], ARGV[1]) then return fenced() end
local streams = {desk = KEYS[3], draft = KEYS[4], room = KEYS[5], translate = KEYS[6]}
for _, member in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', ARGV[2], 'LIMIT', 0, ARGV[3])) do
  local lane, tries, command = string.match(member, '^(%a+):%d+:(%d+):(.*)$')
  -- What nobody can read goes to the stream all the same, where its reader buries it.
  add(streams[lane] or KEYS[3], command or member, tries or '0')
  redis.call('ZREM', KEYS[1], member)
end
return redis.call('ZRANGE', KEYS[1], 0, 0, 'WITHSCORES')[2] or ''
