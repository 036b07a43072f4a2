-- KEYS once, work, count   ARGV once?, command, counter or '', seconds
if ARGV[1] == '1' and not redis.call('SET', KEYS[1], '1', 'NX', 'EX', ARGV[4]) then return 0 end
add(KEYS[2], ARGV[2], '0')
if ARGV[3] ~= '' then redis.call('HINCRBY', KEYS[3], ARGV[3], 1) end
return 1
