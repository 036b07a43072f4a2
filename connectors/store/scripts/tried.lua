-- KEYS tries, fence   ARGV fence number, id
if passed_on(KEYS[2], ARGV[1]) then return fenced() end
return redis.call('HINCRBY', KEYS[1], ARGV[2], 1)
