-- KEYS lease, fence, stream   ARGV holder, ms
-- Returns {number, 1 where the consumer group had to be made, 1 where the lane was held before};
-- number 0: another holder has it.
local holder, last = redis.call('GET', KEYS[1]), redis.call('GET', KEYS[2])
if holder and holder ~= ARGV[1] then return {0, 0, 0} end
if holder and last then
  redis.call('PEXPIRE', KEYS[1], ARGV[2])
  return {tonumber(last), 0, 1}
end
-- From the clock, so that even after a FLUSHALL no number comes twice.
local clock = redis.call('TIME')
local number = math.max(clock[1] * 1000 + math.floor(clock[2] / 1000), tonumber(last or 0) + 1)
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
redis.call('SET', KEYS[2], string.format('%.0f', number))
local made = redis.pcall('XGROUP', 'CREATE', KEYS[3], 'parley', '0', 'MKSTREAM')
return {number, made.err and 0 or 1, last and 1 or 0}
