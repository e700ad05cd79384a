/** Where a share has its page; what is about it lies below. */
export const sharePath = ({ id }: { readonly id: string }): string => `/shares/${encodeURIComponent(id)}`
