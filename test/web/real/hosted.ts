import type { Locator, Page } from 'playwright-core';

/** Logs in to the files of a server. @returns their list */
export async function logIn(
  page: Page,
  { user, password }: { readonly user: string; readonly password: string },
): Promise<Locator> {
  await page.getByLabel('Name').fill(user);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Log in', exact: true }).click();
  const files = page.getByRole('grid');
  await files.waitFor();
  return files;
}
