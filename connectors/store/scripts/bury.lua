-- KEYS stream, fence, tries, failed, room, count
-- ARGV fence number, id, lane, tries, cause, shard's prefix of ids, ShowFailure without its end or ''
-- Returns the dead letter's id; '': the entry is gone.
if passed_on(KEYS[2], ARGV[1]) then return fenced() end
local command = take_out(KEYS[1], KEYS[3], ARGV[2])
if not command then return '' end
local id = ARGV[6] .. redis.call('XADD', KEYS[4], '*',
  'c', command, 'lane', ARGV[3], 't', ARGV[4], 'cause', ARGV[5])
redis.call('HINCRBY', KEYS[6], 'dead', 1)
if ARGV[7] ~= '' then add(KEYS[5], ARGV[7] .. ',"failed_id":"' .. id .. '"}', '0') end
news('failed', id)
return id
