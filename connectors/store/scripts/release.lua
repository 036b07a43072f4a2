-- KEYS lease, fence   ARGV fence number
if not passed_on(KEYS[2], ARGV[1]) then redis.call('DEL', KEYS[1]) end
return 1
