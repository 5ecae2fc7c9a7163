-- Takes a lease if nobody has it and numbers it. The number grows even after Redis has lost everything, because
-- it is at least the time.
-- KEYS: holder, last number (same hash tag); ARGV: token, hold in ms, now in microseconds, life of the number in ms.
if not redis.call('set', KEYS[1], ARGV[1], 'nx', 'px', ARGV[2]) then return 0 end
local number = math.max(tonumber(redis.call('get', KEYS[2]) or 0) + 1, tonumber(ARGV[3]))
redis.call('set', KEYS[2], string.format('%.0f', number), 'px', ARGV[4])
return number
