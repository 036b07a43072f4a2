-- KEYS people   ARGV id, person
if redis.call('HGET', KEYS[1], ARGV[1]) == ARGV[2] then return 0 end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
news('people', ARGV[1])
return 1
