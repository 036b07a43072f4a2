-- KEYS ledger   ARGV who, id, minor, most or '', seconds
-- Returns {1 where it is noted, what the others of that person come to}. The same id counts once.
local mine = ARGV[1] .. '\n'
local own = mine .. ARGV[2]
local used = 0
local all = redis.call('HGETALL', KEYS[1])
for i = 1, #all, 2 do
  if all[i] ~= own and string.sub(all[i], 1, #mine) == mine then used = used + tonumber(all[i + 1]) end
end
if ARGV[4] ~= '' and used + tonumber(ARGV[3]) > tonumber(ARGV[4]) then return {0, used} end
redis.call('HSET', KEYS[1], own, ARGV[3])
redis.call('EXPIRE', KEYS[1], ARGV[5])
return {1, used}
