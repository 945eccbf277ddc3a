export { RateLimiter } from '#core/rate-limit.ts';
