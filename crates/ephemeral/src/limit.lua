-- Generic cell rate algorithm: one number per key, the instant at which the allowance is whole again.
-- KEYS[1] that instant; ARGV: now, time of one request, burst. All times in microseconds.
local now, interval, burst = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local whole = interval * burst
local full_at = tonumber(redis.call('get', KEYS[1]) or now)
-- A clock that was set back must not shut anybody out.
full_at = math.min(math.max(full_at, now), now + whole)
local next_at = full_at + interval
local allowed = 0
if next_at - now <= whole then
  allowed = 1
  full_at = next_at
  redis.call('set', KEYS[1], string.format('%.0f', full_at), 'px', math.ceil((full_at - now) / 1000))
end
local wait = math.max(0, full_at + interval - now - whole)
return { allowed, math.floor((whole - (full_at - now)) / interval), full_at - now, wait }
