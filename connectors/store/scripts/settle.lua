-- KEYS budget, count   ARGV id, calls, tokens in, tokens out, 1 where figures count it, seconds
redis.call('HDEL', KEYS[1], 'held:' .. ARGV[1])
for place, name in ipairs({'calls', 'tokens_in', 'tokens_out'}) do
  local n = tonumber(ARGV[place + 1])
  if n ~= 0 then
    redis.call('HINCRBY', KEYS[1], name, n)
    if ARGV[5] == '1' then redis.call('HINCRBY', KEYS[2], 'model.' .. name, n) end
  end
end
redis.call('EXPIRE', KEYS[1], ARGV[6])
return 1
